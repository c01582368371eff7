"""A server certificate made in the test, and clients that trust it."""

import contextlib
import os
import subprocess


def certificate_in(directory):
    """(certificate, key) for 127.0.0.1, PEM."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=sallyport judge", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


@contextlib.contextmanager
def trusting(certificate):
    """Within it boto3 trusts the certificate."""
    os.environ["AWS_CA_BUNDLE"] = str(certificate)
    try:
        yield
    finally:
        del os.environ["AWS_CA_BUNDLE"]
