# Thin on purpose: the scripts do the work and bear spaces in paths, which make does not.
.PHONY: demo test screenshot

demo:
	@bash scripts/demo.sh

test:
	@bash scripts/test.sh

# docs/images/panel.png: Debian's Blender in its real window, with the panel and a generated creature (root)
screenshot:
	@bash scripts/screenshot.sh
