"""What screens follow: pictures now and then, the hub, alerts, walls."""
