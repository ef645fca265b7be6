"""Synthetic forgeries in three stages: scene, capture, forgery with its after-life."""
