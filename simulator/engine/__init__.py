"""Runs a StateMachine on virtual time. No IO, and no knowledge of AWS."""
