"""Roles: what their policies grant, what runs used of it, and what runs lacked."""
