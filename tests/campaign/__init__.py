"""The campaign that tries to break the promise: never lost, never twice."""
