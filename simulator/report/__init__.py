"""What people and machines read about a replay: text, JSON summary, JUnit XML."""
