/**
 * How the platforms that people use most write one and the same video. Written from
 * analysis/fetch/platforms.py by tests/extension/write_platforms.py; a test holds it to that.
 * @type {{name: string, key: string, patterns: RegExp[]}[]}
 */
export const PLATFORMS = [
  {
    name: "youtube",
    key: "{id}",
    patterns: [
      /^(?:(?:[\w-]+\.)?youtube(?:-nocookie)?\.com\/watch\/?\?(?:.*?&)??v=(?<id>[\w-]{11})(?=$|[\/?&]))/,
      /^(?:(?:[\w-]+\.)?youtube(?:-nocookie)?\.com\/(?:shorts|embed|live|v|e)\/(?<id>(?!videoseries|live_stream)[\w-]{11})(?=$|[\/?&]))/,
      /^(?:(?:www\.)?youtu\.be\/(?<id>[\w-]{11})(?=$|[\/?&]))/,
    ],
  },
  {
    name: "vimeo",
    key: "{id}/{hash}",
    patterns: [
      /^(?:player\.vimeo\.com\/video\/(?<id>\d+)\?(?:.*?&)??h=(?<hash>[\da-f]{10})(?=$|[\/?&]))/,
      /^(?:(?:www\.)?vimeo\.com\/(?<id>\d+)\/(?<hash>[\da-f]{10})(?=$|[\/?&]))/,
    ],
  },
  {
    name: "vimeo",
    key: "{id}",
    patterns: [
      /^(?:player\.vimeo\.com\/video\/(?<id>\d+)(?=$|[\/?&]))/,
      /^(?:(?:www\.)?vimeo\.com\/(?:channels\/[^\/?]+\/|groups\/[^\/?]+\/videos\/|videos?\/)?(?<id>\d+)\/?(?=$|\?))/,
    ],
  },
  {
    name: "dailymotion",
    key: "{id}",
    patterns: [
      /^(?:(?:(?:www|touch|geo)\.)?dailymotion\.com\/(?:(?:embed|crawler)\/)?video\/(?<id>x?[0-9a-zA-Z]+)(?=$|[\/?_]))/,
      /^(?:geo\.dailymotion\.com\/player(?:\/\w+)?\.html\?(?:.*?&)??video=(?<id>[0-9a-zA-Z]+)(?=$|[\/?&]))/,
      /^(?:dai\.ly\/(?<id>[0-9a-zA-Z]+)(?=$|[\/?&]))/,
    ],
  },
  {
    name: "tiktok",
    key: "{id}",
    patterns: [
      /^(?:(?:(?:www|m)\.)?tiktok\.com\/(?:@[\w.-]*\/video|embed(?:\/v\d)?|share\/video|player\/v1)\/(?<id>\d+)(?=$|[\/?&]))/,
    ],
  },
  {
    name: "twitter",
    key: "{id}{item}",
    patterns: [
      /^(?:(?:(?:www|m|mobile)\.)?(?:twitter|x)\.com\/(?:i\/web\/status|[^\/?]+\/status|statuses)\/(?<id>\d+)(?<item>\/video\/[1-9])(?=$|[\/?&]))/,
      /^(?:(?:(?:www|m|mobile)\.)?(?:twitter|x)\.com\/(?:i\/web\/status|[^\/?]+\/status|statuses)\/(?<id>\d+)(?<item>)(?=$|[\/?&]))/,
    ],
  },
  {
    name: "instagram",
    key: "{id}",
    patterns: [
      /^(?:(?:www\.)?instagram\.com\/(?:(?!share\/)[^\/?]+\/)?(?:p|tv|reels?)\/(?!audio\/)(?<id>[\w-]+)(?=$|[\/?&]))/,
    ],
  },
  {
    name: "facebook",
    key: "{id}",
    patterns: [
      /^(?:(?:[\w-]+\.)?facebook\.com\/(?:watch\/?(?:live\/?)?|video\.php|video\/embed)\?(?:.*?&)??(?:v|video_id)=(?<id>\d+)(?=$|[\/?&]))/,
      /^(?:(?:[\w-]+\.)?facebook\.com\/[^\/?]+\/videos\/(?:[^\/?]+\/)?(?<id>\d+)\/?(?=$|\?))/,
      /^(?:(?:[\w-]+\.)?facebook\.com\/reel\/(?<id>\d+)(?=$|[\/?&]))/,
    ],
  },
  {
    name: "reddit",
    key: "{id}",
    patterns: [
      /^(?:(?:\w+\.)?reddit\.com\/(?:(?:r|user|u)\/[^\/?]+\/)?comments\/(?<id>[0-9a-z]+)(?=$|[\/?&]))/,
    ],
  },
  {
    name: "twitchclips",
    key: "{id}",
    patterns: [
      /^(?:clips\.twitch\.tv\/embed\?(?:.*?&)??clip=(?<id>[\w-]+)(?=$|[\/?&]))/,
      /^(?:clips\.twitch\.tv\/(?!embed\?)(?<id>[\w-]+)\/?(?=$|\?))/,
      /^(?:(?:(?:www|go|m)\.)?twitch\.tv\/(?:[^\/?]+\/)?clip\/(?<id>[\w-]+)(?=$|[\/?&]))/,
    ],
  },
  {
    name: "twitchvod",
    key: "{id}",
    patterns: [
      /^(?:(?:(?:www|go|m)\.)?twitch\.tv\/(?:[^\/?]+\/v(?:ideo)?|videos)\/(?<id>\d+)(?=$|[\/?&]))/,
      /^(?:player\.twitch\.tv\/\?(?:.*?&)??video=v?(?<id>\d+)(?=$|[\/?&]))/,
    ],
  },
  {
    name: "bilibili",
    key: "BV{id}?p={part}",
    patterns: [
      /^(?:(?:(?:www|m)\.)?bilibili\.com\/video\/[bB][vV](?<id>[0-9a-zA-Z]+)\/?\?(?:.*?&)??p=(?<part>[2-9]|[1-9]\d+)(?=$|[\/?&])(?!.*&p=[^&]))/,
    ],
  },
  {
    name: "bilibili",
    key: "BV{id}",
    patterns: [
      /^(?:(?:(?:www|m)\.)?bilibili\.com\/video\/[bB][vV](?<id>[0-9a-zA-Z]+)(?=$|[\/?&]))/,
    ],
  },
  {
    name: "rumble",
    key: "{id}",
    patterns: [/^(?:(?:www\.)?rumble\.com\/(?<id>v(?!ideos)[0-9a-z]+)(?<slug>-[^\/?]*)(?=$|\?))/],
  },
  {
    name: "rumbleembed",
    key: "{id}",
    patterns: [/^(?:(?:www\.)?rumble\.com\/embed\/(?:[0-9a-z]+\.)?(?<id>[0-9a-z]+)(?=$|[\/?&]))/],
  },
  {
    name: "streamable",
    key: "{id}",
    patterns: [/^(?:(?:www\.)?streamable\.com\/(?:[eso]\/)?(?<id>[0-9a-z]{4,8})\/?(?=$|\?))/],
  },
];
