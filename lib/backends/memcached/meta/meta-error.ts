/** The server answered something that does not fit the protocol or the question: nothing that follows can be trusted. */
export class MetaProtocolError extends Error {}

/** The server understood and refused, in its own words. */
export class ServerRefusalError extends Error {}

/** There is no connection, or it went before the answer came. The reason is in `cause`. */
export class ConnectionLostError extends Error {}
