//! As much of gRPC over HTTP/2 as a load needs (RFC 9113, and gRPC's own description of its use).
//!
//! A library would do, but its runtime would take part of the processors from the etcd it measures: this client costs the
//! real arm next to nothing, which is in favour of the real arm.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;

/// The largest window there is: what we receive never waits for us.
const WINDOW: u32 = 0x7fff_ffff;
/// The window every connection begins with.
const FIRST_WINDOW: u32 = 65_535;
/// What a frame's payload may have at most, unless it was agreed otherwise.
const FRAME: usize = 16_384;

/// What came.
pub enum Event {
    /// A whole message of a stream, without gRPC's own head.
    Message(Vec<u8>),
    /// A stream has ended.
    Ended {
        /// Which, as the call gave it.
        stream: u32,
        /// Whether there was a message before: an error comes without one.
        answered: bool,
    },
}

#[derive(Default)]
struct Stream {
    received: Vec<u8>,
    answered: bool,
}

/// One connection, any number of streams.
pub struct Connection {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
    out: Vec<u8>,
    last: u32,
    /// Bytes the server still takes.
    window: i64,
    /// Bytes received since the window was last opened again.
    received: u32,
    streams: BTreeMap<u32, Stream>,
    events: std::collections::VecDeque<Event>,
}

impl Connection {
    /// Connects, without TLS.
    pub fn open(to: SocketAddr) -> Result<Connection, String> {
        let writer = TcpStream::connect(to).map_err(|error| format!("{to}: {error}"))?;
        writer.set_nodelay(true).map_err(|error| error.to_string())?;
        let reader = BufReader::with_capacity(256 * 1024, writer.try_clone().map_err(|error| error.to_string())?);
        let mut connection = Connection {
            reader,
            writer,
            out: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            last: 0,
            window: FIRST_WINDOW.into(),
            received: 0,
            streams: BTreeMap::new(),
            events: std::collections::VecDeque::new(),
        };
        const INITIAL_WINDOW_SIZE: u8 = 4;
        let mut settings = vec![0, INITIAL_WINDOW_SIZE];
        settings.extend(WINDOW.to_be_bytes());
        connection.frame(SETTINGS, 0, 0, &settings);
        connection.frame(WINDOW_UPDATE, 0, 0, &(WINDOW - FIRST_WINDOW).to_be_bytes());
        Ok(connection)
    }

    fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        self.out.extend_from_slice(&(payload.len() as u32).to_be_bytes()[1..]);
        self.out.extend_from_slice(&[kind, flags]);
        self.out.extend_from_slice(&stream.to_be_bytes());
        self.out.extend_from_slice(payload);
    }

    fn send(&mut self, path: &str, message: &[u8], flags: u8) -> Result<u32, String> {
        self.last += if self.last == 0 { 1 } else { 2 };
        let stream = self.last;
        // HPACK without its table: names by their fixed numbers where they have one, values as they are.
        let mut head = vec![0x83, 0x86, 0x04, path.len() as u8];
        head.extend_from_slice(path.as_bytes());
        for (name, value) in [(&[0x01][..], "localhost"), (&[0x0f, 0x10], "application/grpc")] {
            head.extend_from_slice(name);
            head.push(value.len() as u8);
            head.extend_from_slice(value.as_bytes());
        }
        head.extend_from_slice(b"\x00\x02te\x08trailers");
        self.frame(HEADERS, END_HEADERS, stream, &head);
        let mut data = vec![0];
        data.extend((message.len() as u32).to_be_bytes());
        data.extend_from_slice(message);
        if data.len() > FRAME {
            return Err("a message of more than one frame".into());
        }
        while self.window < data.len() as i64 {
            self.receive()?;
        }
        self.window -= data.len() as i64;
        self.frame(DATA, flags, stream, &data);
        self.streams.insert(stream, Stream::default());
        Ok(stream)
    }

    /// Begins a call of one message.
    pub fn call(&mut self, path: &str, message: &[u8]) -> Result<u32, String> {
        self.send(path, message, END_STREAM)
    }

    /// Begins a stream and leaves it open.
    pub fn open_stream(&mut self, path: &str, message: &[u8]) -> Result<u32, String> {
        self.send(path, message, 0)
    }

    /// The answer of the only call there is.
    pub fn answer(&mut self) -> Result<Vec<u8>, String> {
        let mut answer = None;
        loop {
            match self.next()? {
                Event::Message(bytes) => answer = Some(bytes),
                Event::Ended { .. } => return answer.ok_or_else(|| "the real etcd refused a request".into()),
            }
        }
    }

    /// What comes next.
    pub fn next(&mut self) -> Result<Event, String> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(event);
            }
            self.receive()?;
        }
    }

    /// Reads one frame. What is to be sent goes out before this waits.
    fn receive(&mut self) -> Result<(), String> {
        if self.reader.buffer().is_empty() && !self.out.is_empty() {
            self.writer.write_all(&self.out).map_err(|error| error.to_string())?;
            self.out.clear();
        }
        let mut head = [0; 9];
        self.reader.read_exact(&mut head).map_err(|error| error.to_string())?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let (kind, flags) = (head[3], head[4]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]) & WINDOW;
        let mut payload = vec![0; length];
        self.reader.read_exact(&mut payload).map_err(|error| error.to_string())?;
        match kind {
            DATA => self.data(stream, payload, flags)?,
            HEADERS if flags & END_STREAM != 0 => self.ended(stream),
            RST_STREAM => self.ended(stream),
            SETTINGS if flags & ACK == 0 => self.frame(SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => self.frame(PING, ACK, 0, &payload),
            WINDOW_UPDATE if stream == 0 => {
                let more: [u8; 4] = payload.try_into().map_err(|_| "a window update of a wrong length")?;
                self.window += i64::from(u32::from_be_bytes(more));
            }
            GOAWAY => return Err("the real etcd closes the connection".into()),
            _ => {}
        }
        Ok(())
    }

    fn data(&mut self, number: u32, payload: Vec<u8>, flags: u8) -> Result<(), String> {
        if flags & PADDED != 0 {
            return Err("padding, which etcd does not use".into());
        }
        self.received += payload.len() as u32;
        if self.received > WINDOW / 2 {
            let again = core::mem::take(&mut self.received);
            self.frame(WINDOW_UPDATE, 0, 0, &again.to_be_bytes());
        }
        let Some(stream) = self.streams.get_mut(&number) else { return Ok(()) };
        stream.received.extend_from_slice(&payload);
        // A byte for compression, which was not asked for, and four for the length.
        while let Some((head, rest)) = stream.received.split_first_chunk::<5>() {
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
            let Some(bytes) = rest.get(..length).map(<[u8]>::to_vec) else { break };
            stream.received.drain(..5 + length);
            stream.answered = true;
            self.events.push_back(Event::Message(bytes));
        }
        if flags & END_STREAM != 0 {
            self.ended(number);
        }
        Ok(())
    }

    fn ended(&mut self, stream: u32) {
        if let Some(Stream { answered, .. }) = self.streams.remove(&stream) {
            self.events.push_back(Event::Ended { stream, answered });
        }
    }
}
