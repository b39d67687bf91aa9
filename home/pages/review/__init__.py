"""How pages are reviewed (三审三校): what is demanded, who may approve, what was approved."""
