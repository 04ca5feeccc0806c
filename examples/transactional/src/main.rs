//! Run with `cargo run -p example-transactional -- 7`: places order 7, with a message about it in the same transaction.
//! However it ends, there are both or neither; run it again and the message is sent, if it was not.

mod shop;

use std::{error::Error, path::Path};

use shop::Shop;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let order = std::env::args().nth(1).ok_or("which order? give a number")?.parse()?;
    let shop = Shop::open(Path::new("shop.db")).await?;
    shop.place(order, |step| println!("{step:?}")).await?;
    for message in shop.announced().await? {
        println!("in the room: {message}");
    }
    shop.close().await;
    Ok(())
}

#[cfg(test)]
mod tests;
