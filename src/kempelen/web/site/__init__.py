"""What all pages share: visits, forms, rendering, languages, static files."""
