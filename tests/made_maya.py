"""A stand-in for `maya.cmds`, as far as the script uses it: attributes that exist, keys that are set on them."""

import types


class Cmds:
    """attributes: names of those that can be keyed. unit: the scene's unit of time. curves: attribute -> {time: value}."""

    def __init__(self, attributes, unit="ntsc", locked=(), selected=()):
        self.attributes, self.unit, self.locked, self.selected = set(attributes), unit, set(locked), list(selected)
        self.curves, self.tangents, self.said, self.sounds = {}, set(), [], []
        self.end, self.suspended, self.chunks = 10.0, False, 0

    def objExists(self, name):
        return name in self.attributes or any(attribute.startswith(name + ".") for attribute in self.attributes)

    def ls(self, *patterns, selection=False, recursive=False):
        if selection:
            return self.selected
        nodes = {attribute.split(".")[0] for attribute in self.attributes}
        plain, spaced = patterns
        assert spaced == "*:" + plain
        assert recursive
        return sorted(node for node in nodes if node == plain or node.endswith(":" + plain))

    def currentUnit(self, query=False, time=False):
        assert query
        assert time
        return self.unit

    def getAttr(self, name, lock=False):
        assert lock
        return name in self.locked

    def cutKey(self, name, time, clear):
        assert clear
        curve = self.curves.get(name, {})
        self.curves[name] = {at: value for at, value in curve.items() if not time[0] <= at <= time[1]}

    def setKeyframe(self, name, time, value, inTangentType, outTangentType):
        assert name in self.attributes
        assert name not in self.locked
        self.curves.setdefault(name, {})[time] = value
        self.tangents |= {inTangentType, outTangentType}

    def playbackOptions(self, query=False, maxTime=None, animationEndTime=None):
        if query:
            return self.end
        self.end = maxTime
        return None

    def refresh(self, suspend):
        self.suspended = suspend

    def undoInfo(self, openChunk=False, closeChunk=False, chunkName=""):
        self.chunks += openChunk - closeChunk

    def sound(self, file, offset, name):
        self.sounds.append((file, offset))

    def warning(self, text):
        self.said.append(text)


def modules(cmds):
    """What `import maya` finds."""
    maya = types.ModuleType("maya")
    maya.cmds = cmds
    return {"maya": maya, "maya.cmds": cmds}
