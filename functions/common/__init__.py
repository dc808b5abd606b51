"""What payment and remediation functions share."""
