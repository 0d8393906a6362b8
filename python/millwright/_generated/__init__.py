"""One class for each stage, section and signal stage of the core. Made by python/generate_stages.py; do not edit."""
