"""EventBridge as functions of an event: patterns, input transformers, rules."""
