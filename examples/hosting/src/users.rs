//! `NAME user add USERNAME --password-stdin [--admin]`: done by the application that runs, or in place where none runs.

use std::io::{self, Write as _};

use chat_control::{Connection, Order, Outcome};

use crate::{Data, Failure, folder, settings};

/// The order that the command line gives, with the password from standard input; `None` without any argument.
pub(crate) fn asked_for(name: &str) -> Result<Option<Order>, Failure> {
    let arguments: Vec<_> = std::env::args_os().skip(1).map(|said| said.to_string_lossy().into_owned()).collect();
    if arguments.is_empty() {
        return Ok(None);
    }
    let usage = || Failure::of_settings(format!("usage: {name} [user add NAME --password-stdin [--admin]]"));
    let (username, admin) = read(&arguments).ok_or_else(usage)?;
    let password = chat_control::password(&username).map_err(Failure::new)?;
    Ok(Some(Order::Add { username, email: None, password, admin }))
}

/// Has the order carried out, and tells on standard output what came of it.
pub(crate) async fn obey(name: &'static str, order: Order) -> Result<(), Failure> {
    let outcome = match Connection::open(&folder(name)).await {
        Ok(mut application) => application
            .ask(&order)
            .await
            .map_err(|error| Failure::new(format!("the {name} that runs did not say what became of it: {error}")))?,
        // Nobody listens there.
        Err(_) => {
            let data = Data::open(name, settings::read(&settings::environment()?)?).await?;
            let outcome = order.carry_out(&data.accounts).await;
            data.store.close().await;
            outcome
        }
    };
    let sentence = match outcome {
        Outcome::Done(sentence) => sentence,
        Outcome::Refused(why) => return Err(Failure::new(why)),
        Outcome::Users(_) => return Err(Failure::new("the application that runs answered something else")),
    };
    let said = writeln!(io::stdout(), "{sentence}");
    said.map_err(|error| Failure::new(format!("standard output cannot be written: {error}")))
}

fn read(arguments: &[String]) -> Option<(String, bool)> {
    let [user, add, username, flags @ ..] = arguments else { return None };
    let has = |flag: &str| flags.iter().filter(|said| *said == flag).count();
    let (password, admin) = (has("--password-stdin"), has("--admin"));
    let known = password == 1 && admin <= 1 && flags.len() == password + admin;
    (user == "user" && add == "add" && known && !username.starts_with("--")).then(|| (username.clone(), admin == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_understood_whole_or_refused() {
        let said = |line: &str| read(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(said("user add ann --password-stdin"), Some(("ann".to_owned(), false)));
        assert_eq!(said("user add ann --admin --password-stdin"), Some(("ann".to_owned(), true)));
        for wrong in [
            "user",
            "user add",
            "user add ann",
            "user add --password-stdin",
            "user add --admin --password-stdin",
            "user add ann --password-stdin --root",
            "user add ann --password-stdin --password-stdin",
            "user remove ann --password-stdin",
        ] {
            assert_eq!(said(wrong), None, "{wrong}");
        }
    }
}
