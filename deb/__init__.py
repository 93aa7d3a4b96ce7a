"""The Debian package: how it is built, and what it does when it is installed, upgraded and removed."""
