//! Gets Socket.IO's client for browsers from its package, with the npm that Node.js brings.
//!
//! Without Node.js, or without a way to the package, the examples are built all the same: in the place of a page, they say why
//! there is none.

use std::{env, fs, path::PathBuf};

#[path = "../../chat-web/build/npm.rs"]
mod npm;

const BUNDLE: &str = "node_modules/socket.io-client/dist/socket.io.esm.min.js";

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a folder to write to"));
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder"));
    for source in ["package.json", "package-lock.json", ".npmrc"] {
        println!("cargo::rerun-if-changed={source}");
    }
    let client = npm::packages(&here).and_then(|()| {
        fs::read_to_string(here.join(BUNDLE)).map_err(|error| format!("{BUNDLE} cannot be read: {error}"))
    });
    if let Err(why) = &client {
        println!("cargo::warning=the pages of the examples are left out: {why}");
    }
    let text = format!("const CLIENT: Result<&str, &str> = {:?};\n", client.as_deref().map_err(String::as_str));
    fs::write(out.join("client.rs"), text).expect("cargo's folder can be written");
}
