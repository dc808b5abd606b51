"""Findings of IAM Access Analyzer: block, prove it, tell, and let the owner decide."""
