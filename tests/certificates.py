"""Whose signature a certificate bears, for tests."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature


def has_issued(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Tell whether this authority has signed the certificate."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
