"""Answers what policy documents propose, plan and do, and whom and what that concerns."""
