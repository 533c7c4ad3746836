# The commands of this project. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help quick-start build test test-matrix lint db-migrate db-status db-seed db-generate db-reset docker-run docker-stop

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

quick-start: ## Build, and make the whole schema in aura.db: no server, no set-up
	cargo run -p migration -- up
	cargo run -p migration -- status

build: ## Build everything
	cargo build --workspace --all-targets --locked

test: ## Run every test, on SQLite and on a PostgreSQL server that is started for it
	.ci/setup
	cargo test --workspace --all-features --locked

test-matrix: ## Run the tests of migration and service on PostgreSQL 14 to 18 (or VERSIONS="14 18")
	.ci/test-matrix

lint: ## Formatting and lints, of Rust and of the migrations' SQL
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	.ci/lint-sql

db-migrate: ## Apply pending migrations to DATABASE_URL (default: aura.db)
	cargo run -p migration -- up

db-status: ## Show which migrations are applied
	cargo run -p migration -- status

db-seed: ## Migrate, and put a small realistic set of data in; twice changes nothing
	cargo run -p migration -- up
	cargo run -p service --features cli --bin aura -- seed

db-generate: ## Generate entity/src and README's diagram from the schema
	UPDATE_GENERATED=1 cargo test -p migration --test generate

db-reset: ## Drop all tables of DATABASE_URL (default: aura.db) and migrate anew
	cargo run -p migration -- fresh

docker-run: ## Start PostgreSQL in Docker and wait until it answers
	docker compose up --detach --wait

docker-stop: ## Stop it; the data stays
	docker compose down
