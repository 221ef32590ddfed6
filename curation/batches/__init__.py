"""The way of a batch from its preview to the public: staged rows, their edits and comparison, review, previews, roll-back."""
