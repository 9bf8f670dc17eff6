/** The sources room's public face: where streams of text come from. */

export * from './errors.ts';
export type { BackOff } from './back-off.ts';
export { postItems, type LiveOptions, type PostItem, type SocialPost, type SourceRemark } from './live.ts';
export { X_STREAM_URL, xFilteredStream, type XPosts, type XStreamOptions } from './x-filtered-stream.ts';
export type { XRule } from './x-api.ts';
export { JETSTREAM_URL, blueskyJetstream } from './bluesky-jetstream.ts';
export type { JetstreamOptions, JetstreamPosts } from './bluesky-jetstream.ts';
export { ratedTweets, type RatedTweetsOptions } from './rated-tweets.ts';
