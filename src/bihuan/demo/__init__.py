"""The demonstration (示例数据): an invented province at work, every figure of which comes from queries over records.

Units are named for realism; people, schools and events are invented. All dates are relative to today.
"""
