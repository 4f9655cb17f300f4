"""Another issuer of tokens: what it publishes, and tokens that it would sign."""

import time
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from accounts.issuer import keys_of

RSA_KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _number in range(2)]
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def published(private: Any, kid: str) -> dict[str, Any]:
    algorithm = ECAlgorithm if isinstance(private, ec.EllipticCurvePrivateKey) else RSAAlgorithm
    return {**algorithm.to_jwk(private.public_key(), as_dict=True), "kid": kid, "use": "sig"}


@dataclass
class Issuer:
    """What the server publishes, how often it was asked, and tokens that it would sign."""

    name: str
    server: ThreadingHTTPServer
    keys: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    status: int = 200

    def token(
        self,
        key: Any = RSA_KEYS[0],
        *,
        kid: str | None = "one",
        alg: str = "RS256",
        headers: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        said = {"iss": self.name, "aud": "souk", "sub": "person-1", "exp": time.time() + 600, "typ": "Bearer"} | claims
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, key, algorithm=alg, headers=({"kid": kid} if kid else {}) | (headers or {}))

    def wait_out(self, seconds: float) -> None:
        """As if the shop had last asked this long ago."""
        keys = keys_of(self.name + "/jwks.json")
        for name in ("_last_successful_fetch", "_failed_at", "_good_at"):
            setattr(keys, name, (getattr(keys, name) or 0) - seconds)
        if keys.jwk_set_cache and keys.jwk_set_cache.jwk_set_with_timestamp:
            keys.jwk_set_cache.jwk_set_with_timestamp.timestamp -= seconds
