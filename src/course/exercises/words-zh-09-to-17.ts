/** What the exercises of chapters 9 to 15 and 17 say in Chinese; the exercises themselves stand in the files of the chapters. */
import type { ExerciseWords } from '../exercise.ts';

const CLASS = { class: '这是错误的类名；它的代码以 ST_ 开头。' };

export const wordsZh09to17: Readonly<Record<string, ExerciseWords>> = {
  '9.1': {
    form: '词元的个数（一个数）',
    because: '七个单词，加上话题标签、表情、表示大写喊叫的标记和标点：一共 11 个。',
    hint: 'tweetTokens(...) 返回一个列表；看看哪些词前面带 NOT_。',
    mistakes: { words: '这是按空格切分的结果：喊叫和标点也各是一个词元。' },
  },
  '9.2': {
    form: '0 到 1 之间的比例',
    because: '对模型来说，这些文本和别的没有区别；而它们正是为 VADER 编写的，所以 VADER 能到 99%。',
    hint: '用 id > 4000 过滤 judged，再用 shareRight。',
    mistakes: {
      vader: '这是 VADER 正确的比例：请算模型的。',
      all: '这是所有文本的比例：请只取 id 大于 4000 的。',
    },
  },
  '9.3': {
    form: '0 到 1 之间的准确率',
    because: '256 个权重中的每一个都要为大约四十个词元服务，褒贬混在一起。',
    hint: "await tryOut('256 places', { features: 256 }) 会返回它。",
    mistakes: { commonest: '这是总猜最常见类别的准确率。' },
  },
  '9.4': {
    form: '0 到 1 之间的比例',
    because: '只有两者都错时，怎么选都没有用。',
    hint: '用 1 减去 both(false, false) 的比例。',
    mistakes: { wrong: '这是两者都错的比例。', vader: '这是 VADER 单独正确的比例。' },
  },
  '10.1': {
    form: '分区的个数（一个数）',
    because: '无论有多少行，两个键最多通向两个分区。',
    hint: "键是 '0' 和 '1'。对每个键用 partitionOfKey 求 4 个分区中的哪一个，再数一数。",
    mistakes: { all: '只有键足够多时，四个分区才都会用到。' },
  },
  '10.2': {
    form: '一个数，表示快了几倍，保留一位小数',
    because: '100 秒里还剩 37 秒：等待和解码并没有变快。',
    hint: '100 秒里还剩多少秒？只有学习的 70 秒会变少。',
    mistakes: {
      part: '十倍只是学习这一部分。',
      left: '这是剩下的时间：总时间是它的几倍？',
      most: '这是处理器无限快时的结果。',
    },
  },
  '10.3': {
    form: '吉字节数（一个数）',
    because: '一行是 18 个数，每个 4 字节。',
    hint: '一行占 packed.length 字节。',
    mistakes: {
      bytes: '这是字节数：一吉字节是十亿字节。',
      doubles: '这是按每个数 8 字节算的；打包后每个数占 4 字节。',
      numbers: '一个 32 位浮点数占 4 字节。',
    },
  },
  '11.1': {
    form: '0 到 1 之间的比例',
    because: '几乎每个健康的病人都会被告知有肿瘤。',
    hint: 'by(useless).filter(({ truth }) => truth === 0) 是良性样本；数一数其中 class 为 1 的。',
    mistakes: {
      right: '这是良性样本中被判为良性的比例。',
      ill: '这是恶性样本中的比例：请取 truth 为 0 的。',
      all: '这是所有样本中的比例：请只取 truth 为 0 的。',
    },
  },
  '11.2': {
    form: '秒数（一个数）',
    because: '每秒来 80 行有标签的数据，而需要 2,000 行。',
    hint: '每秒来多少行有标签的数据？没有标签的行不算。',
    mistakes: { rows: '如果每一行都有标签，才是这个结果。' },
  },
  '11.3': {
    form: 'HTTP 状态码（一个数）',
    because: '无论问谁，这个请求都无法回答：返回 400，并用一句话说明原因。',
    hint: 'startPredictionServer({ models: { cancer: whole }, port: 0 }) 有 url 属性；把它作为第三个参数交给 ask。',
    mistakes: {
      fine: '给出全部九个分值才会这样：请去掉一个。',
      missing: '没有这个模型：请用你给它起的名字去请求。',
    },
  },
  '12.1': {
    form: '窗口的个数（一个数）',
    because: '最后一行发生在第一行之后 4,192 秒，也就是第 70 分钟里。',
    hint: '最后一行发生在第几秒？那是第几分钟？',
    mistakes: { same: '每秒一个样本时才是这样。', short: '最后一分钟不满，但同样有一个窗口。' },
  },
  '12.2': {
    form: '样本的个数（一个数）',
    because: '样本没有打乱：有些分钟里的恶性样本比别的多得多。',
    hint: '窗口都在 ours 里，每个都有 malignant 字段；用 Math.max(...numbers) 取最大值。',
    mistakes: { all: '这是满一分钟时的样本总数。' },
  },
  '12.3': {
    form: '窗口的个数（一个数）',
    because: '水位线在 00:04:50，处于第五分钟：它之前的四个窗口已经关闭。',
    hint: '水位线在哪里？哪些窗口在它之前结束？',
    mistakes: { newest: '如果完全不等迟到的行，才会这样。' },
  },
  '13.1': {
    form: '窗口的个数（一个数）',
    because: '水位线在 00:26:11：到这时已结束的窗口都写出了，最后一个结束于 00:26:00。',
    hint: '最新的一行发生在什么时候？这时水位线在哪里？哪些窗口在它之前结束？',
    mistakes: { same: '等待 30 秒时才是这样。', begun: '水位线所在的那个窗口还没有结束。' },
  },
  '13.2': {
    form: '一个权重',
    because: '均值按行数加权：四分之三来自第一个工作进程。',
    hint: '谁学的行数是三倍，谁的分量就是三倍。',
    mistakes: { plain: '这是把两者学的行数当成一样多时的均值。' },
  },
  '13.3': {
    form: '工作进程的个数（一个数）',
    because: '一轮有多少份，取决于主题里有多少个含有数据的分区；其余的工作进程无事可做。',
    hint: '一轮中的一份是什么？这个主题有多少份？',
    mistakes: { all: '工作进程是有这么多，但一份就是一个分区的数据，不会再拆分。' },
  },
  '14.1': {
    form: '行数（一个数）',
    because: '放到一边的是表头和缺了一个值的十六个样本。',
    hint: '在 rejected 的各行里筛选出含有问号的行。',
    mistakes: { header: '其中一行是表头，它没有问号。' },
  },
  '14.2': {
    form: '请求的次数（一个数）',
    because: '683 行每 50 行一份，最后一份不满。',
    hint: '683 里有几个 50？剩下的也是一次请求。',
    mistakes: {
      last: '最后一份有 33 行：它也会发送。',
      aside: '能走到这一步的只有完整的行：683 行，而不是文件里的 700 行。',
    },
  },
  '14.3': {
    form: '错误代码（一段文字）',
    because: '不通向任何地方的连接，不需要 NiFi 也能看出来。',
    hint: '在 try 里把同一个流程加上一条连接交给 nifiFlow，再看它抛出的错误的 code。',
    mistakes: CLASS,
  },
  '15.1': {
    form: '分钟数（一个数）',
    because: 'Stream Analytics 的窗口包含其终点。',
    hint: '把毫秒时间和 project.window 交给 streamAnalyticsWindowEnd，再从结果中减去零点的时间。',
    mistakes: { start: '这是从那时开始的窗口；Stream Analytics 的窗口包含的是终点。' },
  },
  '15.2': {
    form: '样本的个数（一个数）',
    because: '只有恰好落在整分钟上的样本会换窗口：每六十个有一个，第一个也算。',
    hint: '这里窗口的起点：终点减一分钟。那边窗口的起点：时间向下取整到分钟。',
    mistakes: { first: '零点的那个样本也算：它正好落在整分钟上。' },
  },
  '15.3': {
    form: '错误代码（一段文字）',
    because: '连接字符串的各部分在建立任何连接之前就会检查。',
    hint: '在 try 里用它调用 azureEventHubs，再看它抛出的错误的 code。',
    mistakes: CLASS,
  },
  '16.1': {
    form: '叶子的个数',
    because: '两层问题通向四片叶子；在 10,000 行上，每个问题都值得问。',
    hint: '用 learnRow 学完 calm 的每一行，再看 leaves。',
    mistakes: {
      nodes: '那是全部节点数或问题数：叶子是最后一个问题下面的节点。',
      deep: '那是没有深度限制的树：请加上 maxDepth: 2。',
    },
  },
  '16.2': {
    form: '准确率',
    because: '忘掉的东西不会误导：98.3 %，而记住 1,000 行时是 98.0 %，内存只用十分之一。',
    hint: '把 new KNeighborsClassifier({ features: 3, windowSize: 100 }) 放在缩放器之后，用 prequentialScore 评判。',
    mistakes: { long: '那是窗口为 1,000 行时的结果。' },
  },
  '16.3': {
    form: '漂移的次数',
    because: '每棵树都有自己的检测器，有些在一次变化前后会报告不止一次。',
    hint: '用 forest(3) 逐行学习，再看 drifts。',
    mistakes: { one: '规则只变了一次，但每棵树都要自己发现它。' },
  },
  '16.4': {
    form: '一个数',
    because: '总说同一类的模型，和同样频繁地乱猜一样准：没有超出随机的部分。',
    hint: '如果有人在 100 % 的情况下随机地说“良性”，他会有多常说对？',
    mistakes: { accuracy: '那是它的准确率；kappa 是超出随机的部分。' },
  },
  '17.1': {
    form: '0 到 1 之间的比例',
    because: '不管模型怎么样，它的正确率都必须高于这个值。',
    hint: '在 table.rows 里数出每个类别的行数，用最大的一个除以总行数。',
    mistakes: {
      rare: '这是最少见类别的比例：总猜最常见的类别会更准。',
      even: '所有类别一样多时才是这样。',
    },
  },
  '17.2': {
    form: '两个准确率之差，例如 0.12',
    because: '只有超出较好的那个基线的部分，才是模型自己的功劳。',
    hint: '用 report.metrics.accuracy 减去 report.noChange.accuracy 和 report.majority.accuracy 中较大的一个。',
    mistakes: {
      whole: '这是准确率本身：请减去较好的基线。',
      weaker: '这是与较差的那个基线相比。',
      sign: '模型更好时，差应大于 0。',
    },
  },
  '17.3': {
    form: '行数（一个数）',
    because: '检查点知道在主题中的位置：没有一行会学两次。',
    hint: '用同一个检查点再训练一次，看 result.rows，而不是 result.totalRows。',
    mistakes: { total: '这是历次运行学到的总行数。' },
  },
  '17.4': {
    form: '行数（一个数）',
    because: '每一行恰好有一个预测，不多也不少。',
    hint: '把所有预测的偏移量放进一个 Set，再用总行数减去它的大小。',
    mistakes: { count: '这是有预测的行数；没有预测的有多少？' },
  },
  '17.5': {
    form: '行号，没有警报时为 -1',
    because: '只有错误的预测足够多，检测器才看得出变化。',
    hint: '在 alarms 中找第一个 kind 为 drift 的，取它的 row。',
    mistakes: { warning: '这是预警，可能会过去。请找 kind 为 drift 的。', later: '在它之前已经有过警报。' },
  },
};
