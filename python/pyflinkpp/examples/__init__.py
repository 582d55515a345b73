"""Programs that show how pyflinkpp is used."""
