//! `Gate`: where a host may look things up before a request is judged.

use async_trait::async_trait;

use crate::{Call, Caller, Refusal};

/// Asked once for each request, before the request is judged by any [`Policy`](crate::Policy).
///
/// A policy is asked at exactly the state before a command, perhaps several times, and must answer at once. A gate may
/// wait: for a database of the host's, for another service. While it does, the session's other requests to other rooms go
/// on; those to the same room wait, so that the room sees them in order.
///
/// A session is not asked about for what concerns it alone: `hello` and the subscriptions that it resumes, new tokens,
/// unsubscribing, presence, pings. Whether it may read what it resumes is the policy's to say.
///
/// ```
/// use chat_core::{Call, Caller, Chat, Code, Gate, Refusal, async_trait};
///
/// /// Rooms are made by users who have paid.
/// struct Plans;
///
/// #[async_trait]
/// impl Gate for Plans {
///     async fn admit(&self, caller: &Caller, call: &Call) -> Result<(), Refusal> {
///         match call {
///             Call::CreateRoom(_) if !has_paid(caller).await => {
///                 Err(Refusal::new(Code::Host("payment-required", 402), "rooms are made on the paid plan"))
///             }
///             _ => Ok(()),
///         }
///     }
/// }
///
/// async fn has_paid(caller: &Caller) -> bool {
///     caller.user.as_str() == "ann" // Here a host asks its database.
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use chat_core::{Name, NewRoom, UserId};
///
/// let chat = Chat::builder().gate(Plans).build();
/// let bob = Caller::new(UserId::parse("bob")?, Name::parse("Bob")?);
/// let room = Call::CreateRoom(NewRoom::public(Name::parse("TechTalk")?));
/// assert_eq!(chat.call(&bob, room).await.unwrap_err().code.as_str(), "payment-required");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[async_trait]
pub trait Gate: Send + Sync + 'static {
    /// Whether the request may go on.
    ///
    /// # Errors
    /// The refusal to answer with. A retry of a command that was done before is asked about, too: a gate that refuses it
    /// keeps its first answer from the client.
    async fn admit(&self, caller: &Caller, call: &Call) -> Result<(), Refusal>;
}
