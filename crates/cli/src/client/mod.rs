//! A client of the cluster as client/v3 is one: endpoints, balancing, retries, deadlines, tokens. Every call of every
//! subcommand goes through here.

mod balancer;
mod config;
mod election;
mod endpoint;
mod error;
mod lease;
mod mutex;
mod ops;
mod retry;
mod session;
mod snapshot;
mod watch;

use std::cell::RefCell;
use std::rc::Rc;

use etcd::rpc::{AuthenticateRequest, Code, Request, Response, Status, errors};
use shell::{Either, Process, race};

use crate::print::request_size;
use crate::transport::{Call, CallStream, Transport};
use balancer::{Balancer, Failure};

pub use config::ClientConfig;
pub use election::Election;
pub(crate) use endpoint::dialled;
pub use error::ClientError;
pub use lease::KeepAlive;
pub use mutex::Mutex;
pub use ops::{from_key, prefix_end};
pub use session::Session;
pub use watch::{WatchStream, Watched};

/// The largest request the client sends, in bytes: more than the server takes, so the server's answer is the usual one.
const MAX_SEND: u64 = 2 * 1024 * 1024;

/// Until when a call may take. Virtual time in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    deadline: Option<u64>,
}

impl Context {
    /// No deadline: the call waits for as long as it takes.
    pub fn background() -> Self {
        Self { deadline: None }
    }

    /// `nanos` from now.
    pub fn with_timeout(process: &Process, nanos: i64) -> Self {
        let micros = u64::try_from(nanos).unwrap_or(0).div_ceil(1000);
        Self { deadline: Some(process.now().saturating_add(micros)) }
    }
}

/// A client of one cluster. Clones share connections and token.
#[derive(Clone)]
pub struct Client(Rc<Inner>);

struct Inner {
    process: Rc<Process>,
    transport: Rc<dyn Transport>,
    config: ClientConfig,
    balancer: Balancer,
    token: RefCell<Option<String>>,
}

impl Client {
    /// Makes a client and, with a user and password, gets a token within the dial time-out (etcd: client/v3/client.go,
    /// `newClient`). Without them nothing is sent yet.
    pub async fn new(
        process: &Rc<Process>,
        transport: &Rc<dyn Transport>,
        config: ClientConfig,
    ) -> Result<Self, ClientError> {
        if config.endpoints.is_empty() {
            return Err(ClientError::Other("etcdclient: no available endpoints".to_owned()));
        }
        let client = Self::over(process, transport, config);
        client.fetch_token_within_dial_timeout().await?;
        Ok(client)
    }

    fn over(process: &Rc<Process>, transport: &Rc<dyn Transport>, config: ClientConfig) -> Self {
        let balancer = Balancer::new(process.clone(), transport.clone(), config.targets());
        let (process, transport) = (process.clone(), transport.clone());
        Self(Rc::new(Inner { process, transport, config, balancer, token: RefCell::default() }))
    }

    /// A client of one of the endpoints alone, for calls that concern a member (etcd: client/v3/maintenance.go).
    pub async fn dial(&self, endpoint: &str) -> Result<Self, ClientError> {
        let config = ClientConfig { endpoints: vec![endpoint.to_owned()], ..self.0.config.clone() };
        let client = Self::over(&self.0.process, &self.0.transport, config);
        client.0.token.replace(self.0.token.borrow().clone());
        client.fetch_token_within_dial_timeout().await.map_err(|e| {
            ClientError::Other(format!("failed to getToken from endpoint {endpoint} with maintenance client: {e}"))
        })?;
        Ok(client)
    }

    pub fn endpoints(&self) -> &[String] {
        &self.0.config.endpoints
    }

    pub fn process(&self) -> &Rc<Process> {
        &self.0.process
    }

    /// A call with one answer, retried as its policy allows.
    pub async fn call(&self, context: &Context, request: impl Into<Request>) -> Result<Response, ClientError> {
        let request = request.into();
        self.within(context, self.attempts(&request)).await
    }

    /// Gives `work` until the context's deadline.
    pub async fn within<T>(
        &self,
        context: &Context,
        work: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        let Some(deadline) = context.deadline else { return work.await };
        let left = deadline.saturating_sub(self.0.process.now());
        if left == 0 {
            return Err(ClientError::DeadlineExceeded);
        }
        match race(work, self.0.process.sleep(left)).await {
            Either::First(result) => result,
            Either::Second(()) => Err(ClientError::DeadlineExceeded),
        }
    }

    async fn attempts(&self, request: &Request) -> Result<Response, ClientError> {
        let policy = retry::policy(request);
        let quorum = u32::try_from(self.0.balancer.len() / 2 + 1).unwrap_or(u32::MAX);
        let mut last = ClientError::DeadlineExceeded;
        for attempt in 0..retry::MAX_ATTEMPTS {
            if attempt > 0 && attempt % quorum == 0 {
                self.0.process.sleep(retry::BACKOFF).await;
            }
            let status = match self.invoke(request).await {
                Ok(response) => return Ok(response),
                Err(status) => status,
            };
            let again = if retry::is_context_error(&status) {
                true
            } else if retry::wants_new_token(&status, self.has_credentials()) {
                *self.0.token.borrow_mut() = None;
                Box::pin(self.fetch_token()).await?;
                true
            } else {
                retry::is_safe(policy, &status, self.0.balancer.len())
            };
            last = ClientError::Status(status);
            if !again {
                break;
            }
        }
        Err(last)
    }

    /// One attempt, on whichever endpoint is up. A request that never left is not an attempt.
    async fn invoke(&self, request: &Request) -> Result<Response, Status> {
        let size = request_size(request);
        loop {
            let picked = self.0.balancer.pick().await;
            if size > MAX_SEND {
                let text = format!("trying to send message larger than max ({size} vs. {MAX_SEND})");
                return Err(Status::new(Code::ResourceExhausted, text));
            }
            match self.0.transport.call(self.call_to(&picked, request.clone())).await {
                Ok(response) => return Ok(response),
                Err(error) => match self.0.balancer.note(&picked, error) {
                    Failure::NotSent => {}
                    Failure::Status(status) => return Err(status),
                },
            }
        }
    }

    fn call_to(&self, picked: &balancer::Picked, request: Request) -> Call {
        Call {
            command: self.0.process.command_id(),
            to: picked.endpoint.clone(),
            token: self.0.token.borrow().clone(),
            request,
        }
    }

    /// Opens a stream on whichever endpoint is up, with a fresh token when there are credentials.
    async fn open(&self, first: Request) -> Result<OpenStream, ClientError> {
        if self.has_credentials() {
            self.fetch_token().await?;
        }
        let picked = self.0.balancer.pick().await;
        let stream = self.0.transport.stream(self.call_to(&picked, first));
        Ok(OpenStream { client: self.clone(), picked, stream })
    }

    fn has_credentials(&self) -> bool {
        !self.0.config.username.is_empty() && !self.0.config.password.is_empty()
    }

    async fn fetch_token_within_dial_timeout(&self) -> Result<(), ClientError> {
        let nanos = self.0.config.dial_timeout;
        let context = if nanos > 0 { Context::with_timeout(&self.0.process, nanos) } else { Context::background() };
        self.within(&context, self.fetch_token()).await
    }

    /// Logs in (etcd: client/v3/client.go, `getToken`). A cluster without authentication needs no token.
    async fn fetch_token(&self) -> Result<(), ClientError> {
        if !self.has_credentials() {
            return Ok(());
        }
        let config = &self.0.config;
        let login = AuthenticateRequest { name: config.username.clone(), password: config.password.clone() };
        let token = match Box::pin(self.attempts(&login.into())).await {
            Ok(Response::Authenticate(response)) => Some(response.token),
            Ok(other) => return Err(unexpected(&other)),
            Err(error) if error.is(&errors::auth_not_enabled()) => None,
            Err(error) => return Err(error),
        };
        *self.0.token.borrow_mut() = token;
        Ok(())
    }
}

/// A stream and the endpoint it runs to.
struct OpenStream {
    client: Client,
    picked: balancer::Picked,
    stream: Box<dyn CallStream>,
}

impl OpenStream {
    fn send(&mut self, request: impl Into<Request>) {
        self.stream.send(request.into());
    }

    /// The next message; `Ok(None)` when the stream ended well. A connection that could not be made counts as one that
    /// broke: a stream is opened anew in either case.
    async fn recv(&mut self) -> Result<Option<Response>, Status> {
        let error = match self.stream.recv().await {
            Ok(message) => return Ok(message),
            Err(error) => error,
        };
        match self.client.0.balancer.note(&self.picked, error) {
            Failure::NotSent => Err(error::connection_lost()),
            Failure::Status(status) => Err(status),
        }
    }
}

/// A server that answers another question than was asked.
fn unexpected(response: &Response) -> ClientError {
    ClientError::Other(format!("unexpected answer: {}", response.name()))
}

/// Calls of one kind, with the answer's type known.
macro_rules! typed_calls {
    ($($name:ident: $request:ident -> $variant:ident($response:ident);)*) => {
        impl Client {
            $(
                pub async fn $name(
                    &self,
                    context: &Context,
                    request: etcd::rpc::$request,
                ) -> Result<etcd::rpc::$response, ClientError> {
                    match self.call(context, request).await? {
                        Response::$variant(response) => Ok(response),
                        other => Err(unexpected(&other)),
                    }
                }
            )*
        }
    };
}

typed_calls! {
    range: RangeRequest -> Range(RangeResponse);
    put: PutRequest -> Put(PutResponse);
    delete_range: DeleteRangeRequest -> DeleteRange(DeleteRangeResponse);
    txn: TxnRequest -> Txn(TxnResponse);
    compact: CompactionRequest -> Compact(CompactionResponse);
    lease_grant: LeaseGrantRequest -> LeaseGrant(LeaseGrantResponse);
    lease_revoke: LeaseRevokeRequest -> LeaseRevoke(LeaseRevokeResponse);
    lease_time_to_live: LeaseTimeToLiveRequest -> LeaseTimeToLive(LeaseTimeToLiveResponse);
    lease_leases: LeaseLeasesRequest -> LeaseLeases(LeaseLeasesResponse);
    member_add: MemberAddRequest -> MemberAdd(MemberAddResponse);
    member_remove: MemberRemoveRequest -> MemberRemove(MemberRemoveResponse);
    member_update: MemberUpdateRequest -> MemberUpdate(MemberUpdateResponse);
    member_promote: MemberPromoteRequest -> MemberPromote(MemberPromoteResponse);
    member_list: MemberListRequest -> MemberList(MemberListResponse);
    alarm: AlarmRequest -> Alarm(AlarmResponse);
    status: StatusRequest -> Status(StatusResponse);
    defragment: DefragmentRequest -> Defragment(DefragmentResponse);
    hash_kv: HashKvRequest -> HashKv(HashKvResponse);
    move_leader: MoveLeaderRequest -> MoveLeader(MoveLeaderResponse);
    auth_enable: AuthEnableRequest -> AuthEnable(AuthEnableResponse);
    auth_disable: AuthDisableRequest -> AuthDisable(AuthDisableResponse);
    auth_status: AuthStatusRequest -> AuthStatus(AuthStatusResponse);
    user_add: AuthUserAddRequest -> UserAdd(AuthUserAddResponse);
    user_get: AuthUserGetRequest -> UserGet(AuthUserGetResponse);
    user_list: AuthUserListRequest -> UserList(AuthUserListResponse);
    user_delete: AuthUserDeleteRequest -> UserDelete(AuthUserDeleteResponse);
    user_change_password: AuthUserChangePasswordRequest -> UserChangePassword(AuthUserChangePasswordResponse);
    user_grant_role: AuthUserGrantRoleRequest -> UserGrantRole(AuthUserGrantRoleResponse);
    user_revoke_role: AuthUserRevokeRoleRequest -> UserRevokeRole(AuthUserRevokeRoleResponse);
    role_add: AuthRoleAddRequest -> RoleAdd(AuthRoleAddResponse);
    role_get: AuthRoleGetRequest -> RoleGet(AuthRoleGetResponse);
    role_list: AuthRoleListRequest -> RoleList(AuthRoleListResponse);
    role_delete: AuthRoleDeleteRequest -> RoleDelete(AuthRoleDeleteResponse);
    role_grant_permission: AuthRoleGrantPermissionRequest -> RoleGrantPermission(AuthRoleGrantPermissionResponse);
    role_revoke_permission: AuthRoleRevokePermissionRequest -> RoleRevokePermission(AuthRoleRevokePermissionResponse);
}
