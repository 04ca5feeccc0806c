//! Writes the wire's schemas into a folder. Run with `cargo run -p chat-wire --example schemas -- docs/wire`.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("name the folder to write to")?);
    fs::create_dir_all(&folder)?;
    for (name, document) in chat_wire::schema::documents() {
        fs::write(folder.join(name), format!("{document:#}\n"))?;
    }
    Ok(())
}
