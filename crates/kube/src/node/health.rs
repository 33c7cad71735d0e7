//! The pages by which a component says that it is well (`component-base`, `healthz`): every component has them on a port
//! of its own.

use crate::{Msg, Note};
use etcd::rpc::{HttpResponse, Request, Response};
use etcd::server::Msg as EtcdMsg;
use sim::{Input, Out};

/// Answers who asks over HTTP how a component is; says whether that was it.
pub(crate) fn answer(input: &Input<Msg>, out: &mut Out<Msg, Note>) -> bool {
    let Input::Message { from, msg: Msg::Etcd(asked) } = input else { return false };
    match asked {
        EtcdMsg::Dial { id } => out.send(*from, EtcdMsg::Accepted { id: *id }.into()),
        EtcdMsg::Call { id, request: Request::Http(request), .. } => {
            let path = request.target.split(['?', '#']).next().unwrap_or_default();
            let (code, words) = match path {
                "/healthz" | "/livez" | "/readyz" => (200, "ok"),
                _ => (404, "404 page not found\n"),
            };
            let answer = HttpResponse::new(code, "text/plain; charset=utf-8", words);
            out.send(*from, EtcdMsg::Reply { id: *id, result: Ok(Response::Http(answer)) }.into());
        }
        _ => return false,
    }
    true
}
