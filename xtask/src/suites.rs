//! The suites of `cargo xtask test`, as a table.

use crate::{
    autobahn, foreign, fuzz,
    suite::{Run, Suite},
    tools::Need,
};

/// Servers that the tests start themselves.
pub(crate) const POSTGRES: Need =
    Need::Debian { package: "postgresql", program: "postgres", folder: "/usr/lib/postgresql/*/bin" };
const CHROMIUM: Need = Need::Debian { package: "chromium", program: "chromium", folder: "" };
pub(crate) const MONGOD: Need = Need::Wheel { requirements: "tests/stores/mongod.txt", programs: "fiftyone/db/bin" };

pub(crate) const NATS: Need = Need::Debian { package: "nats-server", program: "nats-server", folder: "/usr/sbin" };
const HAPROXY: Need = Need::Debian { package: "haproxy", program: "haproxy", folder: "/usr/sbin" };

/// For database servers whose tests are not about disks.
const IN_MEMORY: &[(&str, &str)] = &[("TMPDIR", "/dev/shm")];

/// The suites of `cargo xtask test`, cheapest first. What they test is chosen from the workspace as a whole: one package's tests alone
/// would have some libraries built again, with the features that this one needs. `chat-server/full` turns on
/// `chat-core/metrics`, too. Soak runs some of them for longer: see [`crate::soak`].
pub(crate) const SUITES: &[Suite] = &[
    Suite {
        name: "workspace",
        needs: &[],
        minutes: 30,
        settings: &[],
        run: Run::Commands(&[
            "cargo test --workspace --features chat-server/full --locked",
            // Without the features that others in the workspace want of it.
            "cargo test --package chat-model --locked",
        ]),
    },
    Suite {
        name: "hostile",
        needs: &[],
        minutes: 15,
        settings: &[],
        run: Run::Commands(&["cargo test --workspace --features chat-server/full --locked --test hostile"]),
    },
    Suite {
        name: "postgres",
        needs: &[POSTGRES],
        minutes: 30,
        settings: IN_MEMORY,
        run: Run::Commands(&[
            "cargo test --workspace --features chat-server/full --locked --test postgres --test postgres_open --test postgres_faults \
             --test postgres_kill --test postgres_plans --test postgres_replaced",
            "cargo test --workspace --features chat-server/full --locked --test kill --test nodes --test injection --test moving \
             --test accounts --test users --test halfway -- --ignored postgres --skip bus",
        ]),
    },
    Suite {
        name: "orders",
        needs: &[],
        minutes: 15,
        // Threads meet at shuttle's locks then instead of the standard library's: a build of its own.
        settings: &[("RUSTFLAGS", "--cfg shuttle"), ("CARGO_TARGET_DIR", "target/shuttle")],
        run: Run::Commands(&["cargo test --locked --package chat-core --lib fanout::tests::model"]),
    },
    Suite {
        name: "mongodb",
        needs: &[MONGOD],
        minutes: 30,
        settings: IN_MEMORY,
        run: Run::Commands(&[
            "cargo test --workspace --features chat-server/full --locked --test mongodb --test mongodb_accounts --test mongodb_between_writes --test mongodb_database \
             --test mongodb_faults --test mongodb_intake --test mongodb_kill --test mongodb_replaced --test mongodb_retention",
            "cargo test --workspace --features chat-server/full --locked --test kill --test nodes --test injection --test moving \
             --test accounts --test users --test halfway -- --ignored mongodb --skip bus",
        ]),
    },
    Suite {
        name: "nats",
        needs: &[NATS, POSTGRES, MONGOD],
        minutes: 15,
        settings: IN_MEMORY,
        run: Run::Commands(&[
            "cargo test --workspace --features chat-server/full --locked --test nats --test nats_tls",
            "cargo test --workspace --features chat-server/full --locked --test nodes -- --ignored bus",
            // One after the other: each has three servers and a database.
            "cargo test --workspace --features chat-server/full --locked --test cluster -- --ignored --skip haproxy --skip versions --skip networks --skip soak --test-threads 1",
        ]),
    },
    Suite {
        name: "networks",
        needs: &[Need::Networks, NATS, POSTGRES, MONGOD],
        minutes: 15,
        settings: IN_MEMORY,
        run: Run::Commands(&[
            "cargo test --workspace --features chat-server/full --locked --test cluster -- networks --ignored --test-threads 1",
        ]),
    },
    Suite {
        name: "haproxy",
        needs: &[HAPROXY, NATS, POSTGRES],
        minutes: 15,
        settings: IN_MEMORY,
        run: Run::Commands(&[
            "cargo test --workspace --features chat-server/full --locked --test haproxy_socketio",
            "cargo test --workspace --features chat-server/full --locked --test cluster -- --ignored haproxy --test-threads 1",
        ]),
    },
    Suite {
        name: "power",
        needs: &[Need::Disks, POSTGRES, MONGOD],
        minutes: 20,
        settings: &[],
        run: Run::Commands(&["cargo test --workspace --features chat-server/full --locked --test power --test full"]),
    },
    Suite {
        name: "python",
        needs: &[Need::Python { requirements: "tests/foreign/python/requirements.txt" }],
        minutes: 20,
        settings: &[],
        run: Run::Function(foreign::python),
    },
    Suite {
        name: "rest",
        needs: &[Need::Python { requirements: "tests/foreign/rest/requirements.txt" }],
        minutes: 20,
        settings: &[],
        run: Run::Function(foreign::rest),
    },
    Suite {
        name: "node",
        needs: &[Need::Node { folder: "tests/foreign/node" }],
        minutes: 20,
        settings: &[],
        run: Run::Function(foreign::node),
    },
    Suite {
        name: "web",
        needs: &[Need::Node { folder: "web" }],
        minutes: 20,
        settings: &[],
        run: Run::Commands(&[foreign::BUILD_SERVER, "npm --prefix web run check", "npm --prefix web test"]),
    },
    Suite {
        name: "socketio",
        needs: &[
            Need::Python { requirements: "tests/foreign/socketio/requirements.txt" },
            Need::Node { folder: "tests/foreign/socketio" },
        ],
        minutes: 20,
        settings: &[],
        run: Run::Function(foreign::socketio),
    },
    Suite {
        name: "contracts",
        needs: &[
            Need::Node { folder: "tests/foreign/socketio" },
            Need::Node { folder: "web" },
            CHROMIUM,
            POSTGRES,
            MONGOD,
            NATS,
        ],
        minutes: 20,
        settings: &[],
        run: Run::Commands(&[
            foreign::BUILD_CONTRACTS,
            "cargo test --workspace --features chat-server/full --locked --test contracts",
        ]),
    },
    Suite {
        name: "browser",
        needs: &[Need::Node { folder: "web" }, CHROMIUM],
        minutes: 20,
        settings: &[],
        run: Run::Commands(&[
            foreign::BUILD_SERVER,
            foreign::BUILD_CONTRACTS,
            "npm --prefix web test --workspace browser",
        ]),
    },
    Suite {
        name: "fuzz",
        needs: &[Need::Subcommand { name: "cargo-fuzz", version: "0.13.2" }],
        minutes: 30,
        settings: &[],
        run: Run::Function(fuzz::run),
    },
    Suite {
        name: "autobahn",
        needs: &[Need::Python2 { requirements: "tests/autobahn/requirements.txt" }],
        minutes: 20,
        settings: &[],
        run: Run::Function(autobahn::run),
    },
];
