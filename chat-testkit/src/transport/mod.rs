//! What every [`Transport`] must do, as named tests.
//!
//! [`transport_conformance!`](crate::transport_conformance) makes a test of each case. It takes a type that is a
//! [`Line`]: it makes connections, and knows how the other end frames its messages.

pub mod closing;
pub mod reading;
pub mod writing;

use std::{future::Future, time::Duration};

use bytes::Bytes;
use chat_core::Transport;
use tokio::io::{AsyncRead, AsyncWrite};

/// How long one case may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// A kind of connection: a transport, and the bare bytes at its other end.
pub trait Line {
    /// The engine's end.
    type Transport: Transport;
    /// The client's end, past any handshake.
    type Client: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// A new connection.
    fn connect() -> impl Future<Output = (Self::Transport, Self::Client)> + Send;

    /// A text message as a client sends it.
    fn from_client(message: &str) -> Vec<u8>;

    /// A text message as the engine's codec would frame it.
    fn from_server(message: &str) -> Bytes;

    /// What a client sends to say goodbye.
    fn goodbye() -> Vec<u8>;
}

/// Runs a case in a runtime of its own with several threads.
///
/// # Panics
/// If the case fails, or hangs.
pub fn run(case: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = runtime.expect("a runtime").block_on(async { tokio::time::timeout(PATIENCE, case).await });
    outcome.expect("the case hangs");
}

/// Makes a test of every case a transport must pass; put it into a module of its own.
///
/// It takes a type that is a [`Line`](crate::transport::Line).
#[macro_export]
macro_rules! transport_conformance {
    ($line:ty) => {
        $crate::__transport_cases! { ($line)
            reading:
                messages_come_in_whole_and_in_order,
                a_message_may_come_in_any_pieces,
                giving_up_waiting_loses_nothing,
                the_largest_message_is_taken_and_a_larger_one_is_not,
                many_messages_at_once_come_one_by_one;
            writing:
                frames_go_out_as_they_are_and_in_order,
                no_frames_are_nothing_to_do,
                more_than_the_line_holds_waits_for_the_client,
                a_full_line_says_so_and_when_it_is_free_again;
            closing:
                a_goodbye_is_answered_and_the_line_closed,
                a_client_that_is_gone_has_closed,
                closing_says_everything_first,
                closing_ends_though_the_client_says_nothing;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __transport_cases {
    (($line:ty) $($module:ident: $($case:ident),+;)+) => {
        $($(
            #[test]
            fn $case() {
                $crate::transport::run($crate::transport::$module::$case::<$line>());
            }
        )+)+
    };
}
