PYTHON ?= python3

.PHONY: kernels platforms

kernels:  ## compile the kernels for this CPU into the per-user cache
	$(PYTHON) -c "from tirage.kernels import call; print(call.library().path)"

platforms:  ## compile every graph for the other machines: make platforms ONLY=arm-32-linux,wasm-32 GRAPH=name
	$(PYTHON) -m tirage.kernels.build platforms -o build/platforms $(if $(ONLY),--only $(ONLY)) $(if $(GRAPH),--graph $(GRAPH))
