"""What an import would do: its rows read, resolved, checked and compared with what stands, before anything is written."""
