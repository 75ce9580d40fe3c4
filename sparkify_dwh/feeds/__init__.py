"""The two feeds of JSON records: their contract, and the verdict on each record."""
