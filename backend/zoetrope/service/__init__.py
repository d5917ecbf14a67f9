"""The service that the add-on talks to: JSON-RPC over stdin and stdout (docs/protocol.md)."""
