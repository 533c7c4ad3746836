# The commands of this project. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help quick-start dev build test test-matrix test-studio lint doc bench bench-all instructions db-migrate db-generate db-seed \
	db-reset db-studio db-status db-check docker-run docker-stop

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

quick-start: ## Build, and make the whole schema in aura.db: no server, no set-up
	cargo run -p migration -- up
	cargo run -p migration -- status

dev: ## Run the example web service on DATABASE_URL (default: aura.db), migrated and seeded
	cargo run -p migration -- up
	cargo run -p service --features cli --bin aura -- seed
	cargo run -p service --features axum --example web

build: ## Build everything
	cargo build --workspace --all-targets --locked

test: ## Run every test, on SQLite and on a PostgreSQL server that is started for it
	.ci/setup
	cargo test --workspace --all-features --locked

test-matrix: ## Run the tests of migration and service on PostgreSQL 14 to 18 (or VERSIONS="14 18")
	.ci/test-matrix

test-studio: ## Try db-studio in headless Chromium, on SQLite and PostgreSQL
	.ci/test-studio

lint: ## Formatting and lints, of Rust and of the migrations' SQL
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	.ci/lint-sql

doc: ## Build the documentation: target/doc/service/index.html
	cargo doc --workspace --no-deps --all-features --locked

bench: ## Measure the hot operations beside tokio-postgres, sqlx and SeaORM, on a server of its own (PEERS=1: beside Drizzle and Prisma too; BENCH=pool: another)
	.ci/setup
	cargo bench --locked -p service --bench $(or $(BENCH),hot)$(if $(PEERS), -- --peers)

bench-all: ## Run the other benchmarks, on servers of their own
	.ci/setup
	cargo bench --locked -p migration --benches
	cargo bench --locked -p service $(patsubst %,--bench %,audit limits mail pool sign_in)

instructions: ## Count the instructions of the hot operations under valgrind, and hold them to service/benches/instructions.txt
	.ci/setup valgrind
	cargo bench --locked -p service --bench instructions

db-migrate: ## Apply pending migrations to DATABASE_URL (default: aura.db)
	cargo run -p migration -- up

db-generate: ## Generate entity/src and README's diagram from the schema
	UPDATE_GENERATED=1 cargo test -p migration --test generate

db-seed: ## Migrate, and put a small realistic set of data in; twice changes nothing
	cargo run -p migration -- up
	cargo run -p service --features cli --bin aura -- seed

db-reset: ## Drop all tables of DATABASE_URL (default: aura.db) and migrate anew; asks (or YES=1)
	cargo run -p migration -- fresh $(if $(YES),--yes)

db-studio: ## Look at the data in the web browser, read-only and without secrets (STUDIO_WRITE=1: all of it)
	service/studio/studio

db-status: ## Show which migrations are applied
	cargo run -p migration -- status

db-check: ## Is the database as its migrations make it? Prints a diff
	cargo run -p migration -- check

docker-run: ## Start PostgreSQL, migrate it and start PgBouncer, in Docker
	docker compose up --build --detach --wait

docker-stop: ## Stop them; the data stays
	docker compose down
