"""The gate, live: a bench for lectures, whose every state is an ordinary experiment."""
