//! Writes the OpenAPI document of REST into a folder. Run with
//! `cargo run -p adapter-axum --features schemas --example openapi -- adapter-axum`.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("name the folder to write to")?);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("openapi.json"), format!("{:#}\n", adapter_axum::openapi()))?;
    Ok(())
}
