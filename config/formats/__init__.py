"""How dates are written where Django does not know a language's way."""
