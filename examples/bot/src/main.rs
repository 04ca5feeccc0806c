//! Run with `cargo run -p example-bot` and say something, with `robo` in it or without; Ctrl-D ends it. A bot takes part in
//! a room beside you, in the process of the engine: there is no wire, and everything is typed. So are you.

mod bot;

use std::{error::Error, time::Duration};

use chat_core::{Body, Caller, Chat, Event, Name, NewRoom, Post, UserId};
use tokio::io::{AsyncBufReadExt as _, BufReader};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let chat = Chat::builder().build(); // in memory; with `.store(...)` on a database
    let you = Caller::new(UserId::parse("you")?, Name::parse("You")?);
    let robo = Caller::new(UserId::parse("robo")?, Name::parse("Robo")?);
    let room = chat.create_room(&you, NewRoom::public(Name::parse("Lobby")?)).await?.room;
    let bot = tokio::spawn(bot::run(chat.clone(), robo, room.clone()));

    let (requests, mut events) = chat.session(you);
    requests.subscribe(&room, None).await?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    loop {
        tokio::select! {
            line = lines.next_line() => match line? {
                Some(line) if line.is_empty() => {}
                Some(line) => drop(requests.send(&room, Post::text(line)).await?),
                None => break,
            },
            event = events.next() => if let Event::Entry { entry, sender, .. } = event? {
                match &entry.body {
                    Body::Message(post) => println!("{}: {}", sender.shown(), post.text),
                    Body::Joined { .. } => println!("{} is here", sender.shown()),
                    _ => {}
                }
            },
        }
    }
    drop(events);
    chat.shutdown(Duration::from_secs(5)).await;
    println!("the bot has ended: {:?}", bot.await??);
    Ok(())
}

#[cfg(test)]
mod tests;
