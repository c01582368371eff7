// PreSignUp: what it does is in the name of the user, as in pre_sign_up.py.
exports.handler = async (event, context) => {
  const name = event.userName;
  if (name.startsWith('raise')) throw new Error('not on my watch');
  if (name.startsWith('hang')) await new Promise((resolve) => setTimeout(resolve, 1000));
  if (name.startsWith('garbage')) return 'nonsense';
  if (name.startsWith('nothing')) return;
  if (name.startsWith('exit')) process.exit(3);
  if (!(context.getRemainingTimeInMillis() > 0 && context.invokedFunctionArn.startsWith('arn:aws:lambda:'))) throw new Error('context');
  event.response.autoConfirmUser = true;
  return event;
};
