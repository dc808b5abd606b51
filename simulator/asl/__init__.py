"""The States Language: text → a checked, compiled StateMachine. No IO."""
