"""What reaches the world from outside: HTTP requests, schedules, queue messages."""
