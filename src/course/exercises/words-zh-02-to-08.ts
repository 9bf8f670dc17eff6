/** What the exercises of chapters 2 to 8 say in Chinese; the exercises themselves stand in the files of the chapters. */
import type { ExerciseWords } from '../exercise.ts';

export const wordsZh02to08: Readonly<Record<string, ExerciseWords>> = {
  '2.1': {
    form: '分区的编号（一个数）',
    because: '键的哈希值除以分区数，余数就是分区的编号。',
    hint: 'partitionOfKey(key, partitions) 会给出分区编号。',
    mistakes: { beyond: '三个分区的编号是 0、1 和 2。' },
  },
  '2.2': {
    form: '由三个偏移量组成的列表',
    because: 'beforeEnd 从下一个将要分配的偏移量往回数。',
    hint: '在 fromKafka 里对这一个分区写 offset: { beforeEnd: 3 }，再取每条记录的 .offset。',
    mistakes: {
      end: '末尾是下一个将要分配的偏移量，那里还没有消息。',
      others: '这些是好几个分区的偏移量：请只指定那一个分区。',
    },
  },
  '2.3': {
    form: '记录的条数（一个数）',
    because: '消费者组又从头开始读，而就诊记录共有三十条。',
    hint: "先用 resetOffsets('ch2-nurses', { topic: visits, to: 'earliest', ... })，再用 nurses(30) 读取。",
    mistakes: { nothing: '这个组还停在末尾。', fewer: 'nurses(count) 读到这么多条就停了。' },
  },
  '3.1': {
    form: '特征的名称',
    because: '在没有缺失值的行上，它的相关系数最大，约为 0.82。',
    hint: '看九个特征与 Class 的相关系数表的最后一行，不算 Class 自己。',
    mistakes: { itself: 'Class 与自己当然完全相关。', close: '这个特征只差一点：请看小数点后第三位。' },
  },
  '3.2': {
    form: '0 到 1 之间的比例',
    because: '一个特征加一个阈值：这条简单规则就是任何神经网络都要超过的标杆。',
    hint: '数一数“大于等于 4”与“恶性”一致的行，再除以 699。',
    mistakes: {
      count: '这是行数：请除以总行数。',
      wrong: '这是规则出错的比例。',
      coarse: '请给出三位小数。',
    },
  },
  '3.3': {
    form: '一个计数',
    because: '有些样本编号出现在好几行里。',
    hint: "cancer['Sample_code_number'].nUnique() 对每个编号只数一次。",
    mistakes: { rows: '这是总行数。', again: '这是编号在前面已经出现过的行数。' },
  },
  '4.1': {
    form: '批次的个数（一个数）',
    because: '418 行分成 13 个 32 行的批次，最后两行被丢弃。',
    hint: '用 batch(32, { dropRemainder: true })，数一遍遍历中的批次。',
    mistakes: { last: '最后一个批次不满，会被丢弃。', large: '这是每批 64 行时的个数。' },
  },
  '4.2': {
    form: '一个损失值',
    because: '每一行的损失至少是其类别的下限；均值按各类行数加权。',
    hint: '把每个下限乘以该类的行数，相加，再除以总行数。',
    mistakes: {
      plain: '两个下限的简单平均，把恶性行和良性行看得一样多了。',
      one: '这只是其中一个类别的下限。',
    },
  },
  '4.3': {
    form: '由两个偏移量组成的列表',
    because: '偶数偏移量是 0 2 4 6 8，跳过了前三个。',
    hint: '先 filter，再 skip，最后 take：每一步都作用于前一步的结果。',
    mistakes: { early: 'skip 在 filter 之后：跳过的是三个偶数偏移量。', late: '第一个偶数偏移量是 0。' },
  },
  '5.1': {
    form: '步数（一个数）',
    because: '七个小数据集，每个四个批次，各训练两轮。',
    hint: '小数据集的最后一个批次虽小，也算一步；每一轮的每个批次也都各算一步。',
    mistakes: {
      once: '这只是一轮的步数。',
      across: '没有哪个批次会跨两个小数据集：每个小数据集都以一个较小的批次结尾。',
    },
  },
  '5.2': {
    form: '0 到 1 之间的准确率',
    because: '窗口已经忘掉了模型还一无所知时的那些行。',
    hint: "换一个新的组，把 streamMetric('accuracy', { window: 200 }) 交给 trainOnline，再读它的值。",
    mistakes: { rows: '200 行里不可能正好对这么多：请直接交窗口本身的值。' },
  },
  '5.3': {
    form: '行数（一个数）',
    because: '检查点里记着下一个偏移量，而它后面已经没有记录了。',
    hint: "就是 life('two-lives') 返回值的 rows 属性。",
    mistakes: {
      second: '这是第二次运行学到的行数；它的检查点之后已经没有记录了。',
      whole: '这是没有检查点时学到的行数：请使用名称 two-lives。',
    },
  },
  '6.1': {
    form: '一个代价',
    because: '每次误报的代价是一；100 中剩下的部分由漏掉的肿瘤分摊。',
    hint: '代价 = 误报数 + 漏报数 × 每次漏报的代价；由此解出每次漏报的代价。',
    mistakes: {
      alarms: '误报也有代价：请先从一百里减去。',
      all: '这是所有漏报加起来的代价。',
      none: '确实有漏报，所以代价是有限的。',
    },
  },
  '6.2': {
    form: '0 到 1 之间的比例',
    because: '阈值低时，几乎每个肿瘤都能找到。',
    hint: '对该阈值下的混淆矩阵用 binaryScores，其中的 recall 就是答案。',
    mistakes: { half: '这是阈值为 0.5 时的召回率。', missed: '这是漏掉的比例。' },
  },
  '6.3': {
    form: '行数（一个数）',
    because: '两个分区里各有五条记录会再来一次。',
    hint: '先 resetOffsets，再用这个组本身去读：doctors()。',
    mistakes: { one: '每个分区五条，而分区有两个。', nothing: '这个组还停在末尾：请先把它往回拨。' },
  },
  '7.1': {
    form: '行号（一个数）',
    because: '风险小一千倍，只多延迟九行：因为变化又突然又大。',
    hint: '规则在第 2000 行改变。从第 1500 行起用 0 或 1 更新检测器，第一次报告时停下。',
    mistakes: {
      usual: '这是默认置信度下的行号。',
      since: '行号从数据流的开头数起，不是从第 1500 行或变化处数起。',
    },
  },
  '7.2': {
    form: '0 到 1 之间的准确率',
    because: '学习率放大三十倍比十倍忘得快，但仍不如全部忘掉重学。',
    hint: "relive(rowsAgain, 'raiseLearningRate', { factor: 30 }) 的 accuracy 就是答案。",
  },
  '7.3': {
    form: '由两个漂移次数组成的列表',
    because: 'ADWIN 把模型学会了也报告为变化；HDDM-A 只找错误率的上升。',
    hint: "把这些行、'report' 和 { detector: new Adwin() } 交给 relive；然后不带自己的检测器再来一次。",
    mistakes: { turned: '先 ADWIN，后 HDDM-A。' },
  },
  '8.1': {
    form: '原因（一段文字）',
    because: '编解码器说明了是哪一类错误；消息里还有列的信息。',
    hint: '用 letters.find(...) 找到那个值，再看它的 reason。',
    mistakes: { value: '这是出错的值，不是给出的原因。' },
  },
  '8.2': {
    form: '行数（一个数）',
    because: '它的检查点已经在最后一行之后。',
    hint: "在训练程序结束前后各取一次 nextOffset('unbroken')。",
    mistakes: { offset: '这是偏移量本身：请减去之前的值。' },
  },
  '8.3': {
    form: '由两个退出码组成的列表',
    because: '一个在训练，另一个被拒绝：两个程序写同一个检查点，会互相抵消。',
    hint: "先启动两个，再分别等待 once(child, 'exit')；返回值的第一项就是退出码。",
    mistakes: { both: '两个都正常结束，说明它们没有同时运行：请先启动两个，再开始等待。' },
  },
};
