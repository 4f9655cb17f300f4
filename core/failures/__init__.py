"""Background tasks that failed: kept until they succeed, so that staff sees what did not happen and sends it again."""
