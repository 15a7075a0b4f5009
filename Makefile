PYTHON ?= python3

.PHONY: check test bench quality pictures kernels platforms

check:  ## style, types, layers, licences
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m pyright --pythonpath $$(command -v $(PYTHON))
	$(PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	$(PYTHON) tools/check_licences.py

test:  ## every test
	$(PYTHON) -m pytest -q -n 2

bench:  ## every benchmark, beside its peers; but for quality, which takes long
	for benchmark in $(filter-out benchmarks/quality.py,$(wildcard benchmarks/[a-z]*.py)); do $(PYTHON) $$benchmark || exit 1; done

quality:  ## picture quality, stage by stage, beside every peer that is installed
	$(PYTHON) benchmarks/quality.py

pictures:  ## the pictures of the README
	$(PYTHON) tools/make_pictures.py docs/pictures

kernels:  ## compile the kernels for this CPU into the per-user cache
	$(PYTHON) -c "from tirage.kernels import call; print(call.library().path)"

platforms:  ## compile every graph for the other machines: make platforms ONLY=arm-32-linux,wasm-32 GRAPH=name
	$(PYTHON) -m tirage.kernels.build platforms -o build/platforms $(if $(ONLY),--only $(ONLY)) $(if $(GRAPH),--graph $(GRAPH))
