# Thin on purpose: the scripts do the work and bear spaces in paths, which make does not.
.PHONY: demo test

demo:
	@bash scripts/demo.sh

test:
	@bash scripts/test.sh
